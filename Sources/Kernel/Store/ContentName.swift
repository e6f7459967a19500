import KernelSystem

/// What contents are called that are kept once, however often they come: their SHA-256.
package enum ContentName {
    package static func of(_ bytes: [UInt8]) throws(StoreError) -> String {
        do throws(Digest.Unavailable) {
            return try Digest.sha256(bytes)
        } catch {
            throw StoreError(.failed, "\(bytes.count) bytes cannot be kept: \(error)")
        }
    }
}
