// Starts `compline lsp` and shows what it says. Everything else is the server's.

import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const pages = new Map<string, string>();
  // The languages that start the extension are those whose texts it sends.
  const events: string[] = context.extension.packageJSON.activationEvents;
  const languages = events.flatMap((event) => event.match(/^onLanguage:(.*)$/)?.[1] ?? []);
  const restart = () => start(pages, languages);
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider("compline", {
      provideTextDocumentContent: (uri) => pages.get(uri.path) ?? "",
    }),
    vscode.commands.registerCommand("compline.restart", restart),
    vscode.commands.registerCommand("compline.showLog", () => client?.outputChannel.show()),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("compline.path")) {
        await restart();
      }
    }),
  );
  await restart();
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}

// A fix with places to fill in, as the server answers it; a text that has moved on since is left alone.
async function fill(fix: {
  uri: string;
  version: number | null;
  edits: { range: Parameters<LanguageClient["protocol2CodeConverter"]["asRange"]>[0]; snippet: string }[];
}): Promise<void> {
  const uri = vscode.Uri.parse(fix.uri);
  const document = await vscode.workspace.openTextDocument(uri);
  if (!client || (fix.version !== null && document.version !== fix.version)) {
    return;
  }
  await vscode.window.showTextDocument(document);
  const edits: vscode.SnippetTextEdit[] = [];
  for (const { range, snippet } of fix.edits) {
    const place = client.protocol2CodeConverter.asRange(range);
    if (place) {
      edits.push(new vscode.SnippetTextEdit(place, new vscode.SnippetString(snippet)));
    }
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(uri, edits);
  await vscode.workspace.applyEdit(edit);
}

async function start(pages: Map<string, string>, languages: string[]): Promise<void> {
  await client?.dispose();
  const command = vscode.workspace.getConfiguration("compline").get<string>("path") || "compline";
  const server: ServerOptions = { command, args: ["lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: ["file", "untitled"].flatMap((scheme) => languages.map((language) => ({ scheme, language }))),
    // The pages of rules are shown here, so the server need not; and what a fix leaves to be chosen is filled in here.
    initializationOptions: { explain: true, snippets: true },
    synchronize: { configurationSection: "compline" },
    middleware: {
      executeCommand: async (name, args, next) => {
        const page = await next(name, args);
        if (name === "compline.explain" && typeof page === "string") {
          const path = `/${args[0]}.md`;
          pages.set(path, page);
          await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.from({ scheme: "compline", path }));
        }
        if (name === "compline.fix" && page) {
          await fill(page);
        }
        return page;
      },
    },
  };
  client = new LanguageClient("compline", "Compline", server, options);
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const open = "Open settings";
    const chosen = await vscode.window.showErrorMessage(
      `Compline does not start: ${reason}. Install the program, or say where it is in "compline.path".`,
      open,
    );
    if (chosen === open) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "compline.path");
    }
  }
}
