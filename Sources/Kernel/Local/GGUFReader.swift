import KernelSystem

/// Walks through the head of a GGUF file, part after part, and trusts nothing that it says.
struct GGUFReader: ~Copyable {
    private let file: FileDescriptor
    private let fileBytes: Int
    private let path: String
    /// Where in the file `window` begins.
    private var windowStart = 0
    private var window: [UInt8] = []
    private var windowCount = 0
    private var position = 0

    struct Head {
        let tensors: Int
        let values: Int
    }

    enum Value {
        case text(String)
        case number(Int)
        case list([Int])
        case other
    }

    static let keyBytesMax = 1_024
    private static let textBytesMax = 4 << 10
    private static let valuesMax = 65_536
    private static let tensorsMax = 1 << 20
    private static let listMax = 65_536
    private static let dimensionsMax = 8
    private static let windowBytes = 256 << 10

    init(_ file: consuming FileDescriptor, bytes: Int, path: String) {
        self.file = file
        fileBytes = bytes
        self.path = path
        window = [UInt8](repeating: 0, count: Self.windowBytes)
    }

    func problem(_ reason: String) -> GGUFProblem { GGUFProblem(path, reason) }

    mutating func head() throws(GGUFProblem) -> Head {
        guard fileBytes >= 24, try unsigned(bytes: 4) == 0x4655_4747 else {
            throw problem("it is not in the GGUF format")
        }
        let version = try unsigned(bytes: 4)
        guard (2...3).contains(version) else {
            throw problem("it is in version \(version) of the GGUF format, not in 2 or 3")
        }
        let tensors = try count("tensors", max: Self.tensorsMax)
        let values = try count("values", max: Self.valuesMax)
        return Head(tensors: tensors, values: values)
    }

    // MARK: Values

    mutating func value() throws(GGUFProblem) -> Value {
        let type = try unsigned(bytes: 4)
        return try value(ofType: type)
    }

    private mutating func value(ofType type: UInt64) throws(GGUFProblem) -> Value {
        switch type {
        case 0, 7: return .number(Int(try unsigned(bytes: 1)))
        case 1: return .number(Int(Int8(truncatingIfNeeded: try unsigned(bytes: 1))))
        case 2: return .number(Int(try unsigned(bytes: 2)))
        case 3: return .number(Int(Int16(truncatingIfNeeded: try unsigned(bytes: 2))))
        case 4: return .number(Int(try unsigned(bytes: 4)))
        case 5: return .number(Int(Int32(truncatingIfNeeded: try unsigned(bytes: 4))))
        case 10: return .number(Int(clamping: try unsigned(bytes: 8)))
        case 11: return .number(Int(Int64(bitPattern: try unsigned(bytes: 8))))
        case 8: return .text(try text(bytesMax: Self.textBytesMax))
        case 9: return try list()
        default:
            try skip(type)
            return .other
        }
    }

    private mutating func list() throws(GGUFProblem) -> Value {
        let type = try unsigned(bytes: 4)
        let count = try count("numbers in a list", max: Self.listMax)
        var numbers: [Int] = []
        for _ in 0..<count {
            guard case .number(let number) = try value(ofType: type) else {
                throw problem("a list of numbers holds something else")
            }
            numbers.append(number)
        }
        return .list(numbers)
    }

    mutating func text(bytesMax: Int) throws(GGUFProblem) -> String {
        let count = try count("bytes in a text", max: bytesMax)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(try byte()) }
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func skipValue() throws(GGUFProblem) {
        try skip(try unsigned(bytes: 4))
    }

    private mutating func skip(_ type: UInt64) throws(GGUFProblem) {
        if let size = Self.size(of: type) { return try jump(UInt64(size)) }
        switch type {
        case 8: try jump(try unsigned(bytes: 8))
        case 9:
            let type = try unsigned(bytes: 4)
            let count = try unsigned(bytes: 8)
            if let size = Self.size(of: type) {
                let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: UInt64(size))
                return try jump(isTooMuch ? UInt64.max : bytes)
            }
            // Lists of lists are in no file; each text has its length at least.
            guard type == 8, count <= UInt64(fileBytes) / 8 else { throw damaged() }
            for _ in 0..<count { try jump(try unsigned(bytes: 8)) }
        default: throw damaged()
        }
    }

    private static func size(of type: UInt64) -> Int? {
        switch type {
        case 0, 1, 7: 1
        case 2, 3: 2
        case 4, 5, 6: 4
        case 10, 11, 12: 8
        default: nil
        }
    }

    // MARK: Tensors

    /// Whether the place of each tensor is in the file: one that was fetched in part ends before.
    mutating func checkTensors(_ count: Int, alignment: Int) throws(GGUFProblem) {
        var last: UInt64 = 0
        for _ in 0..<count {
            _ = try text(bytesMax: Self.keyBytesMax)
            let dimensions = try unsigned(bytes: 4)
            guard dimensions <= Self.dimensionsMax else { throw damaged() }
            try jump(dimensions * 8 + 4)
            last = max(last, try unsigned(bytes: 8))
        }
        let alignment = max(1, alignment)
        let start = (position + alignment - 1) / alignment * alignment
        guard count == 0 || last < UInt64(max(0, fileBytes - start)) else {
            throw problem("it ends in the middle: perhaps it was not fetched to its end")
        }
    }

    // MARK: Bytes

    private func damaged() -> GGUFProblem { problem("its head is damaged") }

    private mutating func count(_ what: String, max most: Int) throws(GGUFProblem) -> Int {
        let count = try unsigned(bytes: 8)
        guard count <= UInt64(most) else { throw problem("it claims to have \(count) \(what)") }
        return Int(count)
    }

    /// Little-endian.
    private mutating func unsigned(bytes: Int) throws(GGUFProblem) -> UInt64 {
        var number: UInt64 = 0
        for index in 0..<bytes { number |= UInt64(try byte()) << UInt64(8 * index) }
        return number
    }

    private mutating func byte() throws(GGUFProblem) -> UInt8 {
        if position < windowStart || position >= windowStart + windowCount { try fill() }
        defer { position += 1 }
        return window[position - windowStart]
    }

    private mutating func jump(_ count: UInt64) throws(GGUFProblem) {
        guard count <= UInt64(fileBytes - position) else {
            throw problem("its head ends in the middle: perhaps it was not fetched to its end")
        }
        position += Int(count)
    }

    private mutating func fill() throws(GGUFProblem) {
        let result: ReadResult
        do throws(SystemError) {
            result = try file.read(into: &window, at: position)
        } catch {
            throw problem("\(error)")
        }
        guard case .bytes(let count) = result, position < fileBytes else {
            throw problem("its head ends in the middle: perhaps it was not fetched to its end")
        }
        windowStart = position
        windowCount = count
    }
}
