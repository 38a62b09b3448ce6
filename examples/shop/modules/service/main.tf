resource "aws_sqs_queue" "inbox" {
  name                    = "${var.name}-inbox"
  kms_master_key_id       = var.encrypted ? var.kms_key_id : null
  sqs_managed_sse_enabled = var.encrypted ? null : false
}

resource "aws_ebs_volume" "scratch" {
  availability_zone = "eu-west-1a"
  size              = 20
  encrypted         = var.encrypted
}

resource "aws_cloudwatch_log_group" "service" {
  name              = "/services/${var.name}"
  retention_in_days = var.retention
  kms_key_id        = var.encrypted ? var.kms_key_id : null
}

resource "aws_ecr_repository" "image" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  dynamic "encryption_configuration" {
    for_each = var.encrypted ? [var.kms_key_id] : []

    content {
      encryption_type = "KMS"
      kms_key         = encryption_configuration.value
    }
  }
}
