resource "aws_iam_account_password_policy" "staff" {
  minimum_password_length      = 8
  require_lowercase_characters = true
  require_uppercase_characters = true
  require_numbers              = true
  require_symbols              = true
  password_reuse_prevention    = 24
  max_password_age             = 90
}

data "aws_iam_policy_document" "assume_lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "functions" {
  name               = "${local.name}-functions"
  assume_role_policy = data.aws_iam_policy_document.assume_lambda.json
}

# Tight: one bucket, one queue.
data "aws_iam_policy_document" "invoices" {
  statement {
    sid       = "WriteInvoices"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.invoices.arn}/*"]
  }

  statement {
    sid       = "ReadOrders"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = [aws_sqs_queue.orders.arn]
  }
}

resource "aws_iam_policy" "invoices" {
  name   = "${local.name}-invoices"
  policy = data.aws_iam_policy_document.invoices.json
}

resource "aws_iam_role_policy_attachment" "functions" {
  role       = aws_iam_role.functions.name
  policy_arn = aws_iam_policy.invoices.arn
}

# Left over from the move to the cloud.
resource "aws_iam_policy" "migration" {
  name = "${local.name}-migration"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Everything"
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }]
  })
}
