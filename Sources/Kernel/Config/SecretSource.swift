/// Where references to secrets are looked up.
package struct SecretSource: Sendable {
    /// The value of an environment variable; nil if it is not set.
    package let variable: @Sendable (_ name: String) -> String?
    /// The bytes of a file that only the user may read; nil if there is none.
    package let file: @Sendable (_ path: String) throws -> [UInt8]?

    package static let bytesMax = 64 << 10

    package init(
        variable: @escaping @Sendable (_ name: String) -> String?,
        file: @escaping @Sendable (_ path: String) throws -> [UInt8]?
    ) {
        self.variable = variable
        self.file = file
    }

    /// Why a secret cannot be had. Never says anything of its value.
    package struct Missing: Error {
        package let sentence: String
    }

    func value(
        of reference: SecretReference, folders: PathFolders
    ) throws(Missing) -> String {
        switch reference {
        case .variable(let name):
            guard let value = variable(name) else {
                throw Missing(
                    sentence: "The environment variable \(name) is not set. Set it for the "
                        + "kernel, or use file:PATH.")
            }
            return value
        case .file(let path): return try content(of: folders.absolute(path))
        }
    }

    private func content(of path: String) throws(Missing) -> String {
        let bytes: [UInt8]?
        do {
            bytes = try file(path)
        } catch {
            throw Missing(sentence: "The secret cannot be read: \(error)")
        }
        guard let bytes else {
            throw Missing(
                sentence: "The file \(path) does not exist. Write the secret into it, with mode "
                    + "0600.")
        }
        guard bytes.count <= Self.bytesMax else {
            throw Missing(sentence: "The file \(path) is larger than \(Self.bytesMax) bytes.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Missing(sentence: "The file \(path) is not UTF-8 text.")
        }
        return Self.withoutTrailingNewline(text)
    }

    private static func withoutTrailingNewline(_ text: String) -> String {
        text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
