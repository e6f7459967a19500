import Glibc

/// SHA-256 by libcrypto, which is mapped on first use: a start at which every module is known
/// hashes nothing, and the library costs more than the rest of the start together.
package enum Digest {
    package struct Unavailable: Error, CustomStringConvertible {
        package let description: String
    }

    /// The digest in hexadecimal.
    package static func sha256(_ bytes: [UInt8]) throws(Unavailable) -> String {
        var digest = try Running()
        digest.add(bytes[...])
        return digest.finish()
    }

    /// A digest of bytes that come one part after the other.
    package struct Running: ~Copyable {
        private let functions: Functions
        private var context = Context(repeating: 0)

        package init() throws(Unavailable) {
            functions = try Digest.functions.get()
            _ = unsafe functions.begin(&context)
        }

        package mutating func add(_ bytes: ArraySlice<UInt8>) {
            unsafe bytes.withUnsafeBytes {
                _ = unsafe functions.add(&context, $0.baseAddress, $0.count)
            }
        }

        /// The digest in hexadecimal.
        package consuming func finish() -> String {
            var digest = [UInt8](repeating: 0, count: 32)
            _ = unsafe functions.finish(&digest, &context)
            return Digest.hexadecimal(digest)
        }
    }

    /// SHA256_CTX of libcrypto is 112 bytes, aligned to 4.
    private typealias Context = InlineArray<16, UInt64>

    /// SHA256_Init and its like, which need no memory of their own; as in openssl/sha.h.
    @safe private struct Functions: Sendable {
        typealias Begin = @convention(c) (UnsafeMutableRawPointer?) -> Int32
        typealias Add = @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Int32
        typealias Finish =
            @convention(c) (UnsafeMutablePointer<UInt8>?, UnsafeMutableRawPointer?) -> Int32

        let begin: Begin
        let add: Add
        let finish: Finish
    }

    private static let functions: Result<Functions, Unavailable> = {
        do throws(DynamicLibrary.Failure) {
            let library = try DynamicLibrary(opening: "libcrypto.so.3")
            guard let begin = unsafe function("SHA256_Init", of: library, Functions.Begin.self),
                let add = unsafe function("SHA256_Update", of: library, Functions.Add.self),
                let finish = unsafe function("SHA256_Final", of: library, Functions.Finish.self)
            else { return .failure(Unavailable(description: "libcrypto.so.3 has no SHA256")) }
            return unsafe .success(Functions(begin: begin, add: add, finish: finish))
        } catch {
            return .failure(
                Unavailable(
                    description: "cannot hash a module: install the package libssl3 (\(error))"))
        }
    }()

    @unsafe private static func function<Function>(
        _ name: String, of library: DynamicLibrary, _ type: Function.Type
    ) -> Function? {
        // The types are those of openssl/sha.h of libcrypto 3.
        unsafe library.address(of: name).map { unsafe unsafeBitCast($0, to: type) }
    }

    fileprivate static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
