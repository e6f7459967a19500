package import KernelSystem

/// Where references to secrets are looked up.
package struct SecretSource: Sendable {
    /// The value of an environment variable; nil if it is not set.
    package let variable: @Sendable (_ name: String) -> String?
    /// The bytes of a file that only the user may read; nil if there is none.
    package let file: @Sendable (_ path: String) throws -> [UInt8]?
    /// What tells whether the file has changed; nil if there is none.
    package let status: @Sendable (_ path: String) -> FileStatus?
    /// What the desktop keyring keeps under the name; nil: nothing.
    package var keyring: @Sendable (_ name: String) throws -> String? = { _ in nil }

    package static let bytesMax = 64 << 10

    package init(
        variable: @escaping @Sendable (_ name: String) -> String?,
        file: @escaping @Sendable (_ path: String) throws -> [UInt8]?,
        status: @escaping @Sendable (_ path: String) -> FileStatus? = { _ in nil }
    ) {
        self.variable = variable
        self.file = file
        self.status = status
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
        case .keyring(let name): return try secret(name)
        }
    }

    private func secret(_ name: String) throws(Missing) -> String {
        let secret: String?
        do {
            secret = try keyring(name)
        } catch {
            throw Missing(sentence: "The desktop keyring cannot be asked for \(name): \(error)")
        }
        guard let secret else {
            throw Missing(
                sentence: "The desktop keyring keeps nothing under the name \(name). "
                    + "`kernel setup` puts keys there; or use file:PATH.")
        }
        return secret
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
