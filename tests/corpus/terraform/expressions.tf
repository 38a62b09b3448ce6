# compline: waive aws-s3-versioning-disabled reason="rebuilt" until=2099-01-01 by=me
variable "names" {
  type    = map(object({ size = optional(number, 3), tags = list(string) }))
  default = { a = { tags = ["x"] } }
}
locals {
  text  = <<-EOT
    ${local.upper} %{ for n in var.names ~}${n.size}%{ endfor ~}
  EOT
  upper = upper(join("-", [for k, v in var.names : "${k}=${v.size}" if v.size > 1]))
  cut   = try(substr(local.text, 2, 4), null)
  nums  = [1, -2.5e3, 1 + 2 * 3 % 4]
  all   = { for k, v in var.names : k => v... }
  star  = var.names[*].tags
  cidr  = cidrsubnet("10.0.0.0/8", 8, 1)
  json  = jsondecode("{\"a\": [1, 2]}")
  re    = regexall("(a+)+b", "aaaa")
}
resource "aws_security_group" "g" {
  for_each = var.names
  dynamic "ingress" {
    for_each = each.value.tags
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  lifecycle { ignore_changes = [tags] }
}
output "o" { value = aws_security_group.g["a"].id }
