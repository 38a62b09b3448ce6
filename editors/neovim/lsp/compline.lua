-- What `vim.lsp.enable("compline")` starts. Any field can be overridden with `vim.lsp.config("compline", { … })`.
return {
  cmd = { vim.env.COMPLINE_BIN or "compline", "lsp" },
  -- The language ids of docs/formats.md; a test compares them.
  filetypes = {
    "terraform",
    "opentofu",
    "terraform-vars",
    "opentofu-vars",
    "hcl",
    "cloudformation",
    "yaml.cloudformation",
    "yaml",
    "json",
    "jsonc",
  },
  root_markers = { "compline.yaml", "compline.waivers.yaml", ".git" },
  workspace_required = false,
  settings = { compline = { threshold = "low", unknowns = true } },
  init_options = { explain = true },
}
