-- Enables the server, and shows the pages of rules.
if vim.g.loaded_compline then
  return
end
vim.g.loaded_compline = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.notify("compline wants Neovim 0.11 or later", vim.log.levels.WARN)
  return
end

-- Neovim calls `.tf` files TinyFugue where nothing says otherwise.
vim.filetype.add({ extension = { tf = "terraform", tofu = "opentofu", tfvars = "terraform-vars" } })

local function show(page)
  vim.lsp.util.open_floating_preview(vim.split(page, "\n"), "markdown", { border = "rounded", focus_id = "compline" })
end

local function explain(rule)
  local client = vim.lsp.get_clients({ name = "compline" })[1]
  if not client then
    vim.notify("compline does not run here", vim.log.levels.WARN)
    return
  end
  local params = { command = "compline.explain", arguments = { rule } }
  client:request("workspace/executeCommand", params, function(err, page)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
    elseif type(page) == "string" then
      show(page)
    end
  end)
end

-- The action "explain" of the server.
vim.lsp.commands["compline.explain"] = function(command)
  explain(command.arguments[1])
end

-- `:ComplineExplain RULE`; without a rule, that of the diagnostic on this line.
vim.api.nvim_create_user_command("ComplineExplain", function(args)
  local rule = args.args
  if rule == "" then
    for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = vim.fn.line(".") - 1 })) do
      if diagnostic.source == "compline" and diagnostic.code then
        rule = diagnostic.code
        break
      end
    end
  end
  if rule == "" then
    vim.notify("name a rule, or go to a line with a diagnostic", vim.log.levels.WARN)
  else
    explain(rule)
  end
end, { nargs = "?", desc = "Show the page of a rule" })

-- `:ComplineFix`: all safe fixes of this file.
vim.api.nvim_create_user_command("ComplineFix", function()
  vim.lsp.buf.code_action({ context = { only = { "source.fixAll.compline" }, diagnostics = {} }, apply = true })
end, { desc = "Apply all safe fixes in this file" })

if vim.g.compline_enable ~= false then
  vim.lsp.enable("compline")
end
