import KernelSystem

/// Unpacks what is packed by DEFLATE, by zlib, which is mapped on first use: libcurl needs it too,
/// so that it is there.
final class Inflater {
    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private let functions: Functions
    /// At one place for as long as zlib knows it.
    private let stream: UnsafeMutablePointer<Stream>
    private(set) var isAtEnd = false

    init() throws(Failure) {
        functions = try Self.functions.get()
        stream = .allocate(capacity: 1)
        stream.initialize(to: Stream(repeating: 0))
        let status = functions.begin(stream, Self.bitsOfRawDeflate, "1", Self.streamBytes)
        guard status == 0 else {
            stream.deallocate()
            throw Failure("zlib cannot begin (status \(status))")
        }
    }

    deinit {
        _ = functions.end(stream)
        stream.deallocate()
    }

    /// Gives each unpacked part to `take`. What follows the end is passed over.
    func add(
        _ packed: ArraySlice<UInt8>, _ take: (ArraySlice<UInt8>) throws(SystemError) -> Void
    ) throws {
        var part = [UInt8](repeating: 0, count: Self.partBytes)
        var position = packed.startIndex
        while !isAtEnd {
            let (status, taken, made) = step(packed[position...], into: &part)
            position += taken
            if made > 0 { try take(part[..<made]) }
            if status == Self.end { isAtEnd = true }
            guard status == 0 || status == Self.end || status == Self.noProgress else {
                throw Failure("it is damaged")
            }
            // All was taken in, and what that came to has been given out.
            if position == packed.endIndex, made < part.count { return }
            if taken == 0, made == 0 { throw Failure("it is damaged") }
        }
    }

    private func step(
        _ packed: ArraySlice<UInt8>, into part: inout [UInt8]
    ) -> (status: Int32, taken: Int, made: Int) {
        let offered = min(packed.count, Int(Int32.max))
        return packed.withUnsafeBytes { input in
            part.withUnsafeMutableBytes { output in
                stream.pointee[Word.input] = UInt64(UInt(bitPattern: input.baseAddress))
                stream.pointee[Word.inputCount] = UInt64(offered)
                stream.pointee[Word.output] = UInt64(UInt(bitPattern: output.baseAddress))
                stream.pointee[Word.outputCount] = UInt64(output.count)
                let status = functions.step(stream, 0)
                let left = UInt32(truncatingIfNeeded: stream.pointee[Word.inputCount])
                let room = UInt32(truncatingIfNeeded: stream.pointee[Word.outputCount])
                return (status, offered - Int(left), output.count - Int(room))
            }
        }
    }

    private static let partBytes = 256 << 10

    // MARK: zlib, as in zlib.h

    /// z_stream has 112 bytes; these words of it are ours to set.
    private typealias Stream = InlineArray<14, UInt64>
    private static let streamBytes: Int32 = 112

    private enum Word {
        static let input = 0
        static let inputCount = 1
        static let output = 3
        static let outputCount = 4
    }

    /// Negative: without zlib's own head.
    private static let bitsOfRawDeflate: Int32 = -15
    private static let end: Int32 = 1
    private static let noProgress: Int32 = -5

    private struct Functions: Sendable {
        typealias Begin =
            @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32) -> Int32
        typealias Step = @convention(c) (UnsafeMutableRawPointer?, Int32) -> Int32
        typealias End = @convention(c) (UnsafeMutableRawPointer?) -> Int32

        let begin: Begin
        let step: Step
        let end: End
    }

    private static let functions: Result<Functions, Failure> = {
        do throws(DynamicLibrary.Failure) {
            let library = try DynamicLibrary(opening: "libz.so.1")
            guard let begin = library.address(of: "inflateInit2_"),
                let step = library.address(of: "inflate"),
                let end = library.address(of: "inflateEnd")
            else { return .failure(Failure("libz.so.1 cannot inflate")) }
            return .success(
                Functions(
                    // As zlib.h has it.
                    begin: unsafeBitCast(begin, to: Functions.Begin.self),
                    // As zlib.h has it.
                    step: unsafeBitCast(step, to: Functions.Step.self),
                    // As zlib.h has it.
                    end: unsafeBitCast(end, to: Functions.End.self)))
        } catch {
            return .failure(Failure("install the package zlib1g (\(error))"))
        }
    }()
}
