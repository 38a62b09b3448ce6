provider "aws" {
  default_tags { tags = { team = "a" } }
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
  }
}
resource "aws_s3_bucket" "b" { count = 2 }
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.json }
resource "aws_db_instance" "d" {
  publicly_accessible = var.x != "" ? true : false
  password            = "correct horse battery staple"
}
module "m" {
  source = "./m"
  count  = length(aws_s3_bucket.b)
}
