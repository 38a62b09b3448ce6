resource "aws_sqs_queue" "orders" {
  name                      = "${local.name}-orders"
  message_retention_seconds = 345600
  kms_master_key_id         = aws_kms_key.data.id
}

resource "aws_sqs_queue" "newsletter" {
  name                    = "${local.name}-newsletter"
  sqs_managed_sse_enabled = false
}

resource "aws_sns_topic" "alerts" {
  name = "${local.name}-alerts"
}

resource "aws_lambda_function" "invoice" {
  function_name = "${local.name}-invoice"
  role          = aws_iam_role.functions.arn
  runtime       = "python3.13"
  handler       = "invoice.handler"
  filename      = "build/invoice.zip"
  timeout       = 30

  environment {
    variables = {
      BUCKET = aws_s3_bucket.invoices.id
      QUEUE  = aws_sqs_queue.orders.url
    }
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_function" "newsletter" {
  function_name = "${local.name}-newsletter"
  role          = aws_iam_role.functions.arn
  runtime       = "python3.13"
  handler       = "newsletter.handler"
  filename      = "build/newsletter.zip"

  environment {
    variables = {
      SENDER = "hello@shop.example"
    }
  }
}
