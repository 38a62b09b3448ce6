x = "name"
list = ["a", "b", { c = 1 }]
map = {
  a = null
  "b c" = <<EOT
text
EOT
}
