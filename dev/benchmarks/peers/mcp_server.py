"""The peer: what a tool costs as an MCP server over standard input and output."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("peer", log_level="ERROR")


@server.tool()
def echo(text: str) -> str:
    """Gives the text back."""
    return text


server.run()
