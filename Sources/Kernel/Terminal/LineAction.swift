/// What the owner of a `LineEditor` has to do after a key.
package enum LineAction: Equatable, Sendable {
    case nothing
    case redraw
    /// The text is finished; the editor is empty again.
    case submit(String)
    /// Ask the completion provider, then call `complete(with:)`.
    case complete(text: String, cursor: Int)
    /// Ctrl-C on an empty line.
    case interrupt
    case endOfInput
    case clearScreen
    case suspend
}
