resource "aws_cloudfront_distribution" "pictures" {
  enabled         = true
  is_ipv6_enabled = true
  comment         = "Product pictures"

  origin {
    domain_name = aws_s3_bucket.pictures.bucket_regional_domain_name
    origin_id   = "pictures"
  }

  default_cache_behavior {
    target_origin_id       = "pictures"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = data.aws_cloudfront_cache_policy.optimized.id
  }

  logging_config {
    bucket = aws_s3_bucket.logs.bucket_domain_name
    prefix = "cdn/"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate.pictures.arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}

data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}

resource "aws_acm_certificate" "pictures" {
  provider          = aws.edge
  domain_name       = "pictures.shop.example"
  validation_method = "DNS"
}
