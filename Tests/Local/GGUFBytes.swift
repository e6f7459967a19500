/// Writes heads of GGUF files, sound ones and others.
struct GGUFBytes {
    private(set) var bytes: [UInt8] = []

    enum Value {
        case text(String)
        case number(UInt32)
        case list([UInt32])
        case texts([String])
    }

    init(
        _ values: [(String, Value)], tensors: [(name: String, offset: UInt64)] = [],
        version: UInt32 = 3
    ) {
        bytes = Array("GGUF".utf8)
        add(version)
        add(UInt64(tensors.count))
        add(UInt64(values.count))
        for (key, value) in values {
            add(key)
            add(value)
        }
        for tensor in tensors {
            add(tensor.name)
            add(UInt32(1))
            add(UInt64(8))
            add(UInt32(0))
            add(tensor.offset)
        }
    }

    /// A model with 2 layers, 2 heads for keys and values, of 8 numbers each.
    static func model(context: UInt32 = 2_048) -> [UInt8] {
        GGUFBytes([
            ("general.architecture", .text("llama")), ("general.name", .text("Small")),
            ("tokenizer.ggml.tokens", .texts(["a", "b", "c"])),
            ("llama.context_length", .number(context)), ("llama.block_count", .number(2)),
            ("llama.embedding_length", .number(32)), ("llama.attention.head_count", .number(4)),
            ("llama.attention.head_count_kv", .number(2)),
            ("tokenizer.chat_template", .text("{{ messages }}")),
        ]).bytes
    }

    private mutating func add(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }

    private mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private mutating func add(_ value: Value) {
        switch value {
        case .text(let text):
            add(UInt32(8))
            add(text)
        case .number(let number):
            add(UInt32(4))
            add(number)
        case .list(let numbers):
            add(UInt32(9))
            add(UInt32(4))
            add(UInt64(numbers.count))
            for number in numbers { add(number) }
        case .texts(let texts):
            add(UInt32(9))
            add(UInt32(8))
            add(UInt64(texts.count))
            for text in texts { add(text) }
        }
    }
}
