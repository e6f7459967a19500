import CSandbox
import KernelSystem

/// The record of what ran into the walls of this process. A module shares its memory and could
/// forge it: it is read to help its author, and nothing is decided by it.
package enum Refusals {
    /// A place in the record, to ask later what has been added.
    package struct Mark: Sendable {
        fileprivate let count: UInt64
    }

    package static var mark: Mark { Mark(count: sandbox_refusals()) }

    /// More of them help nobody.
    private static let sentencesMax = 3

    /// Sentences about what was refused since then, each once; empty if nothing was.
    package static func sentences(since mark: Mark, _ walls: Walls) -> [String] {
        let now = sandbox_refusals()
        guard now > mark.count else { return [] }
        var sentences: [String] = []
        for index in mark.count..<now {
            guard let refusal = refusal(at: index), isOurs(refusal, walls) else { continue }
            let sentence = refusal.sentence(module: walls.module)
            if !sentences.contains(sentence) { sentences.append(sentence) }
            if sentences.count == sentencesMax { break }
        }
        return sentences
    }

    /// Where the walls are open, it was the file's mode or owner that refused.
    private static func isOurs(_ refusal: Refusal, _ walls: Walls) -> Bool {
        switch refusal.kind {
        case .read(let path): !walls.allow(.read, of: path)
        case .write(let path): !walls.allow(.write, of: path)
        default: true
        }
    }

    private static func refusal(at index: UInt64) -> Refusal? {
        var raw = sandbox_refusal()
        guard unsafe sandbox_refusal_at(index, &raw) != 0 else { return nil }
        let path = unsafe withUnsafeBytes(of: &raw.path) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return switch Int(raw.kind) {
        case SANDBOX_REFUSED_READ: Refusal(.read(resolved(path)))
        case SANDBOX_REFUSED_WRITE: Refusal(.write(resolved(path)))
        case SANDBOX_REFUSED_EXECUTE: Refusal(.execute(path))
        case SANDBOX_REFUSED_NETWORK: Refusal(.network(family: raw.detail))
        case SANDBOX_REFUSED_PROCESS: Refusal(.process)
        case SANDBOX_REFUSED_SIGNAL: Refusal(.signal)
        default: Refusal(.other(name(of: raw.number)))
        }
    }

    /// Where the path leads: permissions are about that.
    private static func resolved(_ path: String) -> String {
        if let whole = Files.resolved(path) { return whole }
        guard let folder = Files.resolved(Path.directory(of: path)) else {
            return PathPlaces.normalized(path)
        }
        return Path.join(folder, Path.name(of: path))
    }

    private static let nameBytesMax = 64

    private static func name(of number: Int32) -> String {
        var name = [CChar](repeating: 0, count: nameBytesMax)
        unsafe sandbox_system_call_name(number, &name, name.count)
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? "\(number)" : String(decoding: bytes, as: UTF8.self)
    }
}
