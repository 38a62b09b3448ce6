output "queues" {
  description = "Queue of each service"
  value       = { for name, service in module.service : name => service.queue }
}

output "balancer" {
  description = "Where customers arrive"
  value       = aws_lb.shop.dns_name
}
