resource "aws_kms_key" "data" {
  description             = "Data of the shop"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_kms_key" "trail" {
  description             = "Audit trail"
  deletion_window_in_days = 30
}

resource "aws_cloudtrail" "main" {
  name                          = local.name
  s3_bucket_name                = aws_s3_bucket.logs.id
  s3_key_prefix                 = "trail"
  kms_key_id                    = aws_kms_key.trail.arn
  include_global_service_events = true
  is_multi_region_trail         = true
  enable_log_file_validation    = false
}

resource "aws_cloudwatch_log_group" "audit" {
  name              = "/${local.name}/audit"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.trail.arn
}

resource "aws_cloudwatch_log_group" "shop" {
  name = "/${local.name}/shop"
}

resource "aws_flow_log" "main" {
  vpc_id          = aws_vpc.main.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.audit.arn
  iam_role_arn    = aws_iam_role.functions.arn
}
