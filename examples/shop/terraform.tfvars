environment = "production"

office_cidrs = ["203.0.113.0/28"]

services = {
  orders = {
    memory = 1024
  }
  reviews = {
    encrypted = false
    retention = 14
  }
}
