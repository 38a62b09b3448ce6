-- What `vim.lsp.enable("compline")` starts. Any field can be overridden with `vim.lsp.config("compline", { … })`.
return {
  cmd = { vim.env.COMPLINE_BIN or "compline", "lsp" },
  filetypes = { "terraform", "terraform-vars", "opentofu", "hcl", "yaml", "yaml.cloudformation", "json", "jsonc" },
  root_markers = { "compline.yaml", "compline.waivers.yaml", ".git" },
  workspace_required = false,
  settings = { compline = { threshold = "low", unknowns = true } },
  init_options = { explain = true },
}
