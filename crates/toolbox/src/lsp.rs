//! Language servers (toolbox-files-git-desktop.md §4).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contract::toolbox::types::{
    CompletionItem, CompletionList, LspCompletionParams, LspDocumentRequest, LspLocation, LspPosition,
    LspRange, LspServerRequest, LspSymbol,
};
use dialect::Routes;
use engine::lsp::{Completion, Position, Symbol};

use crate::Shared;
use crate::errors::Failure;
use crate::files::Query;
use crate::go_json;
use crate::request::Bound;

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("Start", start)
        .serve("Stop", stop)
        .serve("DidOpen", did_open)
        .serve("DidClose", did_close)
        .serve("Completions", completions)
        .serve("DocumentSymbols", document_symbols)
        .serve("WorkspaceSymbols", workspace_symbols)
}

async fn start(
    State(toolbox): State<Shared>,
    Bound(request): Bound<LspServerRequest>,
) -> Result<StatusCode, Failure> {
    toolbox.engine.start_language_server(&request.language_id, &request.path_to_project).await?;
    Ok(StatusCode::OK)
}

async fn stop(
    State(toolbox): State<Shared>,
    Bound(request): Bound<LspServerRequest>,
) -> Result<StatusCode, Failure> {
    toolbox.engine.stop_language_server(&request.language_id, &request.path_to_project).await?;
    Ok(StatusCode::OK)
}

async fn did_open(
    State(toolbox): State<Shared>,
    Bound(request): Bound<LspDocumentRequest>,
) -> Result<StatusCode, Failure> {
    let LspDocumentRequest { language_id, path_to_project, uri } = request;
    toolbox.engine.open_document(&language_id, &path_to_project, &uri).await?;
    Ok(StatusCode::OK)
}

async fn did_close(
    State(toolbox): State<Shared>,
    Bound(request): Bound<LspDocumentRequest>,
) -> Result<StatusCode, Failure> {
    let LspDocumentRequest { language_id, path_to_project, uri } = request;
    toolbox.engine.close_document(&language_id, &path_to_project, &uri).await?;
    Ok(StatusCode::OK)
}

async fn completions(
    State(toolbox): State<Shared>,
    Bound(request): Bound<LspCompletionParams>,
) -> Result<Response, Failure> {
    let LspCompletionParams { language_id, path_to_project, uri, position, context } = request;
    let position = Position { line: position.line, character: position.character };
    // The wire names are those of the protocol.
    let context = context.map(serde_json::to_value).transpose();
    let context = context.map_err(|error| Failure::internal(&error.to_string()))?;
    let found = toolbox.engine.completions(&language_id, &path_to_project, &uri, position, context).await?;
    let items = found.items.into_iter().map(item).collect();
    let list = CompletionList { is_incomplete: found.is_incomplete, items };
    Ok(go_json::response(StatusCode::OK, &list))
}

async fn document_symbols(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let language = query.required("languageId", "languageId is required")?;
    let project = query.required("pathToProject", "pathToProject is required")?;
    let uri = query.required("uri", "uri is required")?;
    let symbols = toolbox.engine.document_symbols(&language, &project, &uri).await?;
    Ok(listed(symbols))
}

async fn workspace_symbols(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let sought = query.required("query", "query is required")?;
    let language = query.required("languageId", "languageId is required")?;
    let project = query.required("pathToProject", "pathToProject is required")?;
    let symbols = toolbox.engine.workspace_symbols(&language, &project, &sought).await?;
    Ok(listed(symbols))
}

fn listed(symbols: Vec<Symbol>) -> Response {
    let symbols: Vec<LspSymbol> = symbols.into_iter().map(symbol).collect();
    go_json::response(StatusCode::OK, &symbols)
}

fn symbol(symbol: Symbol) -> LspSymbol {
    let Symbol { name, kind, uri, range } = symbol;
    let range = LspRange { start: position(range.start), end: position(range.end) };
    LspSymbol { kind, location: LspLocation { range, uri }, name }
}

fn position(position: Position) -> LspPosition {
    LspPosition { line: position.line, character: position.character }
}

fn item(item: Completion) -> CompletionItem {
    let Completion { label, kind, detail, documentation, sort_text, filter_text, insert_text } = item;
    CompletionItem { label, kind, detail, documentation, sort_text, filter_text, insert_text }
}
