-- Runs inside of Neovim, with main.tf open; prints one line for each check and the count.

local passed, failed = 0, 0
local RULE = "aws-s3-public-read-acl"

local function say(line)
  io.stdout:write(line .. "\n")
end

local function check(name, ok, seen)
  if ok then
    passed = passed + 1
    say("ok   " .. name)
  else
    failed = failed + 1
    say("FAIL " .. name .. ": " .. vim.inspect(seen))
  end
end

local function diagnostic()
  for _, one in ipairs(vim.diagnostic.get(0)) do
    if one.code == RULE then
      return one
    end
  end
end

local function finish()
  say(string.format("%d passed, %d failed", passed, failed))
  vim.cmd(failed == 0 and "qa!" or "cq!")
end

local function run()
  vim.wait(20000, function() return diagnostic() ~= nil end, 20)
  local client = vim.lsp.get_clients({ name = "compline" })[1]
  check("the server runs", client ~= nil, vim.lsp.get_clients())
  local found = diagnostic()
  check("a diagnostic stands at the value", found and found.lnum == 3 and found.col == 11, vim.diagnostic.get(0))
  if not client or not found then
    return
  end
  local count = vim.tbl_count(vim.tbl_filter(function(one) return one.code == RULE end, vim.diagnostic.get(0)))
  check("it stands there once", count == 1, count)

  vim.api.nvim_win_set_cursor(0, { 4, 14 })
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local hover = client:request_sync("textDocument/hover", params, 5000, 0)
  local text = hover and hover.result and hover.result.contents.value or ""
  check("hover says why", text:find("public-read", 1, true) and text:find("NIST", 1, true), hover)

  local symbols = client:request_sync("textDocument/documentSymbol", { textDocument = params.textDocument }, 5000, 0)
  check("the resource is a symbol", symbols and symbols.result[1].name == "aws_s3_bucket.logs", symbols)

  local range = { start = params.position, ["end"] = params.position }
  local context = { diagnostics = { found.user_data.lsp }, only = { "quickfix" } }
  local asked = { textDocument = params.textDocument, range = range, context = context }
  local actions = client:request_sync("textDocument/codeAction", asked, 5000, 0)
  local fix
  for _, action in ipairs(actions and actions.result or {}) do
    fix = fix or (action.data and action)
  end
  check("a quick fix is offered", fix ~= nil, actions)
  if fix then
    local resolved = client:request_sync("codeAction/resolve", fix, 5000, 0)
    vim.lsp.util.apply_workspace_edit(resolved.result.edit, client.offset_encoding)
    local line = vim.api.nvim_buf_get_lines(0, 3, 4, false)[1]
    check("it writes a private ACL", line == '  acl    = "private"', line)
  else
    vim.api.nvim_buf_set_lines(0, 3, 4, false, { '  acl    = "private"' })
  end
  local gone = vim.wait(10000, function() return diagnostic() == nil end, 20)
  check("the diagnostic vanishes", gone, vim.diagnostic.get(0))

  vim.api.nvim_buf_set_lines(0, 3, 4, false, { '  acl    = "public-read"', "  tags = {" })
  local back = vim.wait(10000, function() return diagnostic() ~= nil end, 20)
  check("it comes back in a buffer that does not parse", back, vim.diagnostic.get(0))

  local page = client:request_sync("workspace/executeCommand", { command = "compline.explain", arguments = { RULE } }, 5000, 0)
  check("the rule is explained", page and type(page.result) == "string" and page.result:find("## Controls", 1, true), page)
end

local ok, why = pcall(run)
if not ok then
  check("the script runs", false, why)
end
finish()
