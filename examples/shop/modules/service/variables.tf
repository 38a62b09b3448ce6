variable "name" {
  description = "Name of the service"
  type        = string
}

variable "memory" {
  description = "Megabytes for each task"
  type        = number
  default     = 512
}

variable "encrypted" {
  description = "Whether its data is encrypted with the given key"
  type        = bool
  default     = true
}

variable "retention" {
  description = "Days its logs are kept"
  type        = number
  default     = 365
}

variable "kms_key_id" {
  description = "Key for its data"
  type        = string
}
