resource "aws_db_subnet_group" "main" {
  name       = local.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_instance" "orders" {
  identifier     = "${local.name}-orders"
  engine         = "postgres"
  engine_version = "16.4"
  instance_class = "db.t4g.medium"

  allocated_storage = 100
  storage_encrypted = true
  kms_key_id        = aws_kms_key.data.arn

  username = "shop"
  password = var.database_password

  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.database.id]

  backup_retention_period    = 14
  deletion_protection        = true
  auto_minor_version_upgrade = true
  publicly_accessible        = false
}

# The marketing team reads this one from a tool outside of the network.
resource "aws_db_instance" "reporting" {
  identifier     = "${local.name}-reporting"
  engine         = "postgres"
  engine_version = "16.4"
  instance_class = "db.t4g.small"

  allocated_storage = 50
  storage_encrypted = false

  username = "reporting"
  password = var.database_password

  db_subnet_group_name = aws_db_subnet_group.main.name

  backup_retention_period    = 0
  auto_minor_version_upgrade = false
  publicly_accessible        = true
  skip_final_snapshot        = true
}

resource "aws_dynamodb_table" "carts" {
  name         = "${local.name}-carts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "customer"

  attribute {
    name = "customer"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
}

resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id = "${local.name}-sessions"
  description          = "Sessions of signed-in customers"
  node_type            = "cache.t4g.small"
  num_cache_clusters   = 2

  at_rest_encryption_enabled = true
  transit_encryption_enabled = false
  snapshot_retention_limit   = 5
}
