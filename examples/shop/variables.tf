variable "region" {
  description = "Where the shop runs"
  type        = string
  default     = "eu-west-1"
}

variable "environment" {
  description = "Name of the environment"
  type        = string
}

variable "vpc_cidr" {
  description = "Address range of the network"
  type        = string
  default     = "10.20.0.0/16"
}

variable "office_cidrs" {
  description = "Address ranges of the offices"
  type        = list(string)
  default     = []
}

variable "database_password" {
  description = "Password of the database's first user, handed in by the pipeline"
  type        = string
  sensitive   = true
}

variable "search_encryption" {
  description = "Whether search domains encrypt at rest; decided per account, so it has no default"
  type        = bool
}

variable "services" {
  description = "The services that run behind the shop"
  type = map(object({
    memory    = optional(number, 512)
    encrypted = optional(bool, true)
    retention = optional(number, 365)
  }))
  default = {}
}

locals {
  name = "harbour-${var.environment}"

  tags = {
    Company     = "Harbour Goods"
    Environment = var.environment
    Owner       = "platform"
  }

  zones = ["${var.region}a", "${var.region}b"]
}
