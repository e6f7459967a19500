import KernelSystem

/// What the head of a model's file in the GGUF format says, as far as it concerns whoever runs it.
package struct GGUFHeader: Sendable, Hashable {
    package private(set) var architecture = ""
    /// The model's own name.
    package private(set) var name: String?
    /// What it was made for.
    package private(set) var contextTokens: Int?
    package private(set) var hasChatTemplate = false
    /// With all its parts, if it was split.
    package private(set) var fileBytes: Int
    /// How much the keys and values of one token of the window take.
    package private(set) var bytesPerToken = 0

    /// Reads the head alone: a file may be larger than the memory.
    package init(_ path: String) throws(GGUFProblem) {
        fileBytes = 0
        var reader = try Self.reader(of: path, &fileBytes)
        try read(&reader)
        fileBytes += Self.otherPartsBytes(of: path)
    }

    private static func reader(
        of path: String, _ bytes: inout Int
    ) throws(GGUFProblem) -> GGUFReader {
        do throws(SystemError) {
            let status = try Files.status(path)
            if status.kind == .file {
                bytes = Int(clamping: status.bytes)
                return GGUFReader(
                    try FileDescriptor.open(path, .read), bytes: bytes, path: path)
            }
        } catch {
            throw GGUFProblem(path, "\(error)")
        }
        throw GGUFProblem(path, "it is no file")
    }

    private mutating func read(_ reader: inout GGUFReader) throws(GGUFProblem) {
        let head = try reader.head()
        var facts = Facts()
        for _ in 0..<head.values {
            let key = try reader.text(bytesMax: GGUFReader.keyBytesMax)
            try facts.take(key, &reader)
        }
        try reader.checkTensors(head.tensors, alignment: facts.numbers["general.alignment"] ?? 32)
        architecture = facts.texts["general.architecture"] ?? ""
        guard !architecture.isEmpty else {
            throw reader.problem("it does not say which kind of model it is")
        }
        name = facts.texts["general.name"]
        hasChatTemplate = facts.hasChatTemplate
        contextTokens = facts.numbers["\(architecture).context_length"]
        bytesPerToken = facts.bytesPerToken(architecture)
    }

    /// What the file and a window of so many tokens take, with what computing needs besides.
    package func memoryBytes(contextTokens tokens: Int) -> Int {
        let window = bytesPerToken.multipliedReportingOverflow(by: max(0, tokens))
        let sum = fileBytes.addingReportingOverflow(window.overflow ? Int.max : window.partialValue)
        let all = sum.partialValue.addingReportingOverflow(Self.computingBytes)
        return sum.overflow || all.overflow ? Int.max : all.partialValue
    }

    /// Measured with small models; large ones need little more.
    private static let computingBytes = 64 << 20

    /// `model-00001-of-00003.gguf`: the other files of it, which lie beside it.
    private static func otherPartsBytes(of path: String) -> Int {
        let name = Path.name(of: path)
        guard name.hasSuffix(".gguf"), let dash = name.range(ofLast: "-00001-of-") else { return 0 }
        let prefix = String(name[..<dash.lowerBound])
        let suffix = String(name[dash.upperBound...])
        let folder = Path.directory(of: path)
        let names = (try? Files.names(in: folder)) ?? []
        let parts = names.filter {
            $0 != name && $0.hasPrefix(prefix) && $0.hasSuffix("-of-\(suffix)")
        }
        return parts.reduce(0) { sum, part in
            let bytes = (try? Files.status(Path.join(folder, part)))?.bytes ?? 0
            return sum + Int(clamping: bytes)
        }
    }
}

/// Why a file is no model that can be run.
package struct GGUFProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ path: String, _ reason: String) {
        description = "\(path) cannot be used as a model: \(reason)"
    }
}

/// The values of a head that somebody asks for.
private struct Facts {
    var texts: [String: String] = [:]
    var numbers: [String: Int] = [:]
    /// Of lists that have one number for each layer.
    var lists: [String: [Int]] = [:]
    var hasChatTemplate = false

    private static let wanted = [
        "general.architecture", "general.name", "general.alignment",
    ]
    private static let wantedEndings = [
        ".context_length", ".block_count", ".embedding_length", ".attention.head_count",
        ".attention.head_count_kv", ".attention.key_length", ".attention.value_length",
    ]

    mutating func take(_ key: String, _ reader: inout GGUFReader) throws(GGUFProblem) {
        if key == "tokenizer.chat_template" { hasChatTemplate = true }
        let isWanted =
            Self.wanted.contains(key) || Self.wantedEndings.contains { key.hasSuffix($0) }
        guard isWanted else { return try reader.skipValue() }
        switch try reader.value() {
        case .text(let text): texts[key] = text
        case .number(let number): numbers[key] = number
        case .list(let list): lists[key] = list
        case .other: break
        }
    }

    /// Keys and values of every layer, two bytes each.
    func bytesPerToken(_ architecture: String) -> Int {
        func number(_ name: String) -> Int? {
            numbers["\(architecture).\(name)"].map { min(max(0, $0), Self.numberMax) }
        }
        guard let layers = number("block_count"), let width = number("embedding_length") else {
            return 0
        }
        let heads = max(1, number("attention.head_count") ?? 1)
        let keyLength = number("attention.key_length") ?? width / heads
        let valueLength = number("attention.value_length") ?? keyLength
        let sharedHeads = lists["\(architecture).attention.head_count_kv"].map { list in
            list.reduce(0) { $0 + min(max(0, $1), Self.numberMax) }
        }
        let allHeads = sharedHeads ?? layers * (number("attention.head_count_kv") ?? heads)
        let lengths = (keyLength + valueLength) * 2
        let product = allHeads.multipliedReportingOverflow(by: lengths)
        return product.overflow ? 0 : product.partialValue
    }

    /// More than any model has.
    private static let numberMax = 1 << 24
}

extension String {
    fileprivate func range(ofLast part: String) -> Range<String.Index>? {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].hasPrefix(part) {
                return start..<index(start, offsetBy: part.count)
            }
        }
        return nil
    }
}
