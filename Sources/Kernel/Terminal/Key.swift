/// One key press, as far as a line editor tells them apart.
package enum Key: Equatable, Sendable {
    /// Typed text: one or more printable characters, possibly a part of a grapheme cluster.
    case text(String)
    /// Pasted text, as one key: its newlines and tabs are text, not keys.
    case paste(String)
    /// A paste over the limit; none of it is kept.
    case pasteRefused(byteCount: Int)
    case enter, altEnter, tab, shiftTab, escape
    case backspace, altBackspace, delete, controlDelete
    case up, down, left, right, wordLeft, wordRight, home, end, pageUp, pageDown
    /// Ctrl with a lower-case letter, or with one of `@ [ \ ] ^ _`.
    case control(Character)
    /// Alt with a printable ASCII character.
    case alt(Character)
}
