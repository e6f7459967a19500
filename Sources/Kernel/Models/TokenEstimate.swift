package import ModuleChat
import ModuleJSON

/// How many tokens something takes, where no server counts. Rather too many than too few: what is
/// fitted by it must fit.
package enum TokenEstimate {
    /// English has about four bytes for a token, names and JSON about three, other scripts a
    /// character of three.
    private static let bytesPerToken = 3
    /// What templates write around a tool.
    private static let tokensAroundTool = 8

    package static func tokens(in text: String) -> Int {
        (text.utf8.count + bytesPerToken - 1) / bytesPerToken
    }

    package static func tokens(in tool: ChatTool) -> Int {
        tokens(in: tool.name) + tokens(in: tool.about)
            + tokens(in: JSON.object(tool.schema).text) + tokensAroundTool
    }
}
