import KernelBase

/// One piece of news of an errand. It passes as what a request prints does.
package struct ErrandNews: Sendable, Hashable {
    /// What `kind` and `number` mean is the service's.
    package let kind: UInt32
    package let number: UInt32
    package let value: [UInt8]

    package init(_ kind: UInt32, number: UInt32 = 0, _ value: [UInt8]) {
        self.kind = kind
        self.number = number
        self.value = value
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter(reserving: value.count + 8)
        writer.write(kind)
        writer.write(number)
        return writer.bytes + value
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        kind = try reader.number()
        number = try reader.number()
        value = Array(bytes.dropFirst(8))
    }
}

extension CallListener {
    package func callHanded(_ descriptor: PassedDescriptor, _ news: ErrandNews) {}
}
