import KernelBase
import KernelClient
import KernelSystem
import KernelTerminal
import KernelWire
import ModuleJSON

/// The messages of one question: what was said, what was piped in, and a picture.
struct AskMessage {
    let json: JSON

    private static let inputBytesMax = 4 << 20
    private static let imageBytesMax = 8 << 20
    private static let readBytesMax = 64 << 10

    /// So long who pipes something in is waited for without a word.
    private static let quietMilliseconds = 1_000

    /// Somebody wants no answer any more.
    struct Interrupted: Error {}

    /// `wakeup` ends the reading; `waits` is told if there is nothing to read for a while.
    init(
        _ request: AskRequest, input: Int32, wakeup: borrowing WakeUp, waits: () -> Void
    ) throws {
        var text = request.question
        if !TerminalDevice.isTerminal(input) {
            let piped = try Self.read(input, wakeup, waits)
            if !piped.isEmpty { text += text.isEmpty ? piped : "\n\n\(piped)" }
        }
        var parts: [JSON] = []
        if let image = request.image { parts.append(try Self.image(image)) }
        if !text.allSatisfy(\.isWhitespace) {
            parts.append(["type": "text", "text": .string(text)])
        }
        guard !parts.isEmpty else {
            throw CommandProblem(
                "there is no question: write kernel ask \"…\", or pipe one in")
        }
        var messages: [JSON] = []
        if let system = request.system {
            messages.append(Self.message("system", [["type": "text", "text": .string(system)]]))
        }
        messages.append(Self.message("user", parts))
        json = .array(messages)
    }

    private static func message(_ role: String, _ parts: [JSON]) -> JSON {
        ["role": .string(role), "parts": .array(parts)]
    }

    private static func read(
        _ input: Int32, _ wakeup: borrowing WakeUp, _ waits: () -> Void
    ) throws -> String {
        var bytes: [UInt8] = []
        var isQuiet = true
        while true {
            let ready = try TerminalDevice.wait(
                input: input, wakeup: wakeup, timeoutMilliseconds: isQuiet ? quietMilliseconds : nil
            )
            if ready.wakeup { throw Interrupted() }
            guard ready.input else {
                if isQuiet { waits() }
                isQuiet = false
                continue
            }
            // A descriptor that is closed has nothing to say.
            guard let piece = try? TerminalDevice.read(input, bytesMax: readBytesMax),
                !piece.isEmpty
            else { break }
            bytes += piece
            guard bytes.count <= inputBytesMax else {
                throw CommandProblem("more than \(inputBytesMax >> 20) MiB were piped in")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandProblem("what was piped in is no text in UTF-8; --image takes pictures")
        }
        return text
    }

    private static func image(_ path: String) throws -> JSON {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, bytesMax: imageBytesMax)
        } catch {
            throw CommandProblem("the picture cannot be read: \(error)")
        }
        guard let type = mediaType(bytes) else {
            throw CommandProblem("\(path) is no picture in the form PNG, JPEG, GIF or WebP")
        }
        return [
            "type": "image", "mediaType": .string(type), "base64": .string(Base64.encode(bytes)),
        ]
    }

    private static func mediaType(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        let isWebP =
            bytes.starts(with: Array("RIFF".utf8))
            && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        return isWebP ? "image/webp" : nil
    }
}
