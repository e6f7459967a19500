/// What the rows of the line being typed show.
package struct ScreenContent: Equatable, Sendable {
    package var prompt: StyledText
    /// Before every line of the text but the first.
    package var continuation: StyledText
    package var text: String
    /// UTF-8 offset in the text.
    package var cursor: Int
    /// Rows under the text, each cut to the width: a list, a hint.
    package var below: [StyledText]

    package init(
        prompt: StyledText = "> ", continuation: StyledText = "… ", text: String = "",
        cursor: Int? = nil, below: [StyledText] = []
    ) {
        self.prompt = prompt
        self.continuation = continuation
        self.text = text
        self.cursor = cursor ?? text.utf8.count
        self.below = below
    }
}
