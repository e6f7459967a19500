import ModuleKit

struct WriteArguments: Arguments {
    @Argument("The file; ~ is the home.")
    var path: LocalPath

    @Argument("The whole new content.")
    var text: String

    @Argument("Make the folders above it that do not exist.", default: false)
    var parents: Bool

    @Argument("Write only if the file's content has this SHA-256 now, as stat gives it.")
    var expectHash: String?

    @Argument("Write only if the file was last modified then, as stat gives it.")
    var expectModified: String?
}

struct EditArguments: Arguments {
    @Argument("The file; ~ is the home.")
    var path: LocalPath

    @Argument("The text to replace, exactly as it is in the file, with its white space.")
    var old: String?

    @Argument("What stands there instead; empty to remove it.")
    var new: String?

    @Argument("Replace each occurrence; else there must be exactly one.", default: false)
    var all: Bool

    @Argument(
        "Several replacements at once, instead of old and new. Each works on what the one before "
            + "made; all are made or none.", length: 1...100)
    var edits: [Piece]?

    struct Piece: Arguments {
        @Argument("The text to replace, exactly as it is in the file.")
        var old: String

        @Argument("What stands there instead; empty to remove it.")
        var new: String

        @Argument("Replace each occurrence; else there must be exactly one.", default: false)
        var all: Bool
    }

    /// What is to be replaced, whichever way it was given.
    func pieces() throws(Fault) -> [Edit] {
        if let edits {
            if old != nil || new != nil {
                throw Fault(.invalid, "Give old and new, or edits, not both.")
            }
            return edits.map { Edit(old: $0.old, new: $0.new, all: $0.all) }
        }
        guard let old, let new else {
            throw Fault(.invalid, "Say what to replace: old and new, or edits.")
        }
        return [Edit(old: old, new: new, all: all)]
    }
}

struct UndoArguments: Arguments {
    @Argument(
        "The change, as changes lists it. Without this: the last one not undone yet.", in: 1...)
    var id: Int?

    @Argument(
        "Undo even if the file was changed since; what it holds now can be had back by undo.",
        default: false)
    var force: Bool
}
