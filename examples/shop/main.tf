data "aws_caller_identity" "current" {}

module "service" {
  source   = "./modules/service"
  for_each = var.services

  name       = "${local.name}-${each.key}"
  memory     = each.value.memory
  encrypted  = each.value.encrypted
  retention  = each.value.retention
  kms_key_id = aws_kms_key.data.arn
}

resource "aws_opensearch_domain" "catalogue" {
  domain_name    = "${local.name}-catalogue"
  engine_version = "OpenSearch_2.15"

  cluster_config {
    instance_type  = "t3.small.search"
    instance_count = 2
  }

  ebs_options {
    ebs_enabled = true
    volume_size = 20
  }

  encrypt_at_rest {
    enabled = var.search_encryption
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-2019-07"
  }
}
