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
    /// What templates write around a message.
    private static let tokensAroundMessage = 8
    /// What most servers make of a picture of usual size.
    private static let tokensOfImage = 1_000

    package static func tokens(in text: String) -> Int {
        (text.utf8.count + bytesPerToken - 1) / bytesPerToken
    }

    package static func tokens(in tool: ChatTool) -> Int {
        tokens(in: tool.name) + tokens(in: tool.about)
            + tokens(in: JSON.object(tool.schema).text) + tokensAroundTool
    }

    package static func tokens(in message: ChatMessage) -> Int {
        message.parts.reduce(tokensAroundMessage) { sum, part in
            switch part {
            case .text(let text): sum + tokens(in: text)
            case .image: sum + tokensOfImage
            case .thinking(let thinking): sum + tokens(in: thinking.text)
            case .toolCall(let call):
                sum + tokens(in: call.name) + tokens(in: JSON.object(call.arguments).text)
                    + tokensAroundTool
            case .toolResult(let result):
                sum + tokens(in: result.name) + tokens(in: result.text) + tokensAroundTool
            // No model is shown it.
            case .notice: sum
            }
        }
    }
}
