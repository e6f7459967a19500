import KernelSystem
import KernelTesting

/// Files of this package that documents quote.
enum Quotable {
    static func path(_ name: String) -> String { Path.join(Fixture.repository, name) }

    /// The text without line ends around it.
    static func text(_ name: String) throws -> String {
        let bytes = try Files.read(path(name), bytesMax: 1 << 20)
        var text = Substring(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
