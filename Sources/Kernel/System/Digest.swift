import Glibc

/// SHA-256 by libcrypto, which is mapped on first use: a start at which every module is known
/// hashes nothing, and the library costs more than the rest of the start together.
package enum Digest {
    package struct Unavailable: Error, CustomStringConvertible {
        package let description: String
    }

    /// The digest in hexadecimal.
    package static func sha256(_ bytes: [UInt8]) throws(Unavailable) -> String {
        let function = unsafe try oneShot.get()
        var digest = [UInt8](repeating: 0, count: 32)
        _ = unsafe function(bytes, bytes.count, &digest)
        return hexadecimal(digest)
    }

    private typealias OneShot =
        @convention(c) (
            UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?
        ) -> UnsafeMutablePointer<UInt8>?

    private static let oneShot: Result<OneShot, Unavailable> = {
        do throws(DynamicLibrary.Failure) {
            let library = try DynamicLibrary(opening: "libcrypto.so.3")
            guard let address = unsafe library.address(of: "SHA256") else {
                return unsafe .failure(Unavailable(description: "libcrypto.so.3 has no SHA256"))
            }
            // SHA256(3) of libcrypto 3 has this type.
            return unsafe .success(unsafeBitCast(address, to: OneShot.self))
        } catch {
            return unsafe .failure(
                Unavailable(
                    description: "cannot hash a module: install the package libssl3 (\(error))"))
        }
    }()

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
