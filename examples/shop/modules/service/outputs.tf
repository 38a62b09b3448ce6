output "queue" {
  value = aws_sqs_queue.inbox.url
}
