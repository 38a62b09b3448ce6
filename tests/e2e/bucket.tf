# A bucket 🪣 everybody can read.
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
  acl    = "public-read"
}
