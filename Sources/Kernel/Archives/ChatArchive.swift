import KernelStore

/// A chat outside the store. Its owner is not in it: whoever reads it in has it.
package enum ChatArchive {
    package enum Format: Sendable, Hashable {
        /// Everything, on all branches.
        case json
        /// The conversation, for people; what was said can be read back.
        case markdown
    }

    package static let name = "kernel-chat"
    /// Raised when a reader of this version would misunderstand what is written.
    package static let version: Int64 = 1

    static let messagesMax = 1_000_000
    /// Of one message, or of what is said about the chat, as JSON: what is kept is smaller, however
    /// much of it has to be escaped.
    static let itemBytesMax = 224 << 20
    /// Deeper than what is kept, which stands further in.
    static let depthMax = 160

    static func refusal(_ sentence: String) -> StoreError { StoreError(.refused, sentence) }
}
