import ModuleJSON

/// What a llama-server that ended says of the reason, read off the end of its log.
enum ServerComplaint {
    /// Of one that never became ready: what is wrong may be what it was started with. `how` it
    /// ended is nil if another process has started it.
    static func end(ofLoading log: [String], how: String?, port: UInt16) -> ServerEnd {
        let lines = log.map(message)
        if lines.contains(where: { $0.contains("couldn't bind HTTP server socket") }) {
            return ServerEnd(kind: .portTaken, reason: "the port \(port) is taken")
        }
        for complaint in known {
            guard let line = lines.first(where: { complaint.matches($0) }) else { continue }
            return ServerEnd(
                kind: complaint.kind, reason: "\(complaint.about): \(cut(line))")
        }
        return crash(of: log, how: how)
    }

    /// Of one that was ready.
    static func crash(of log: [String], how: String?) -> ServerEnd {
        let lines = log.filter { !isNews($0) }.map(message).filter { !$0.isEmpty && !isNoise($0) }
        let cry = lines.last { line in cries.contains { line.contains($0) } }
        let quote = (cry ?? lines.last).map { "; its last words: \(cut($0))" } ?? ""
        let how = how.map { "llama-server \($0)" } ?? "llama-server is gone"
        return ServerEnd(kind: .crash, reason: how + quote)
    }

    /// What a program says when it ends itself; a debugger's stack may follow.
    private static let cries = [
        "GGML_ASSERT", "GGML_ABORT", "terminate called", "what():", "CUDA error", "ErrorDeviceLost",
    ]

    private static func isNoise(_ line: String) -> Bool {
        line.hasPrefix("#") || line.contains("cleaning up before exit")
    }

    private struct Known {
        let about: String
        let kind: ServerEnd.Kind
        let words: [String]

        init(_ about: String, _ kind: ServerEnd.Kind, _ words: String...) {
            self.about = about
            self.kind = kind
            self.words = words
        }

        func matches(_ line: String) -> Bool { words.contains { line.contains($0) } }
    }

    /// The first that is found counts: a later line only repeats that loading failed.
    private static let known = [
        Known(
            "an argument is wrong", .hopeless, "error: invalid argument",
            "error while handling argument", "error: unknown argument"),
        Known(
            "memory is short", .outOfMemory, "insufficient memory", "out of memory",
            "unable to allocate", "failed to allocate", "bad_alloc", "ErrorOutOfDeviceMemory"),
        Known(
            "the chat template cannot be used", .hopeless, "common_chat_templates_init: error",
            "chat template is not supported", "failed to parse chat template"),
        Known(
            "the file for images (mmproj) cannot be used", .hopeless, "failed to load CLIP model",
            "Failed to load CLIP model", "failed to load multimodal model"),
        Known(
            "the file cannot be loaded", .hopeless, "gguf_init_from", "error loading model:",
            "failed to load model"),
    ]

    /// `0.00.016.776 E gguf_init_from_file: …` without its time and letter.
    private static func message(_ line: String) -> String {
        parts(line).map { String($0[2]).trimmed } ?? line
    }

    /// What it says in its usual work.
    private static func isNews(_ line: String) -> Bool {
        parts(line).map { $0[1] == "I" || $0[1] == "D" } ?? false
    }

    /// Time, letter and message.
    private static func parts(_ line: String) -> [Substring]? {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        let isLogged =
            parts.count == 3 && parts[1].count == 1
            && parts[0].utf8.allSatisfy { $0 == 0x2E || ($0 >= 0x30 && $0 <= 0x39) }
        return isLogged ? parts : nil
    }

    private static let quoteMax = 300

    private static func cut(_ line: String) -> String {
        line.count <= quoteMax ? line : "\(line.prefix(quoteMax))…"
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        while text.first == " " { text.removeFirst() }
        return String(text)
    }
}
