import KernelBase
package import KernelHosting
package import KernelSystem

/// One message between the kernel, the zygote and the workers. The same 24 bytes lead every
/// message; what the fields mean depends on the kind.
package struct Frame: Sendable {
    package var kind: FrameKind
    package var first: UInt32
    /// The call or the request that it belongs to.
    package var id: UInt64
    package var second: UInt64
    package var body: [UInt8]
    /// What comes with `askHanded`.
    package var passed: PassedDescriptor?
    /// Of one that was received: which part of its body it brought.
    var part = Part.whole
    /// Of one that was received: the size of the message that brought it, or the last of it.
    package private(set) var messageBytes = 0

    enum Part: Sendable {
        case whole
        /// The next message of the body follows.
        case piece
        case last
    }

    package init(
        _ kind: FrameKind, id: UInt64 = 0, first: UInt32 = 0, second: UInt64 = 0,
        body: [UInt8] = []
    ) {
        self.kind = kind
        self.id = id
        self.first = first
        self.second = second
        self.body = body
    }

    package static let headBytes = 24
    /// More than this is refused by either side: a result or a state of that size is a mistake.
    package static let bodyBytesMax = 256 << 20
    /// Of what somebody has said of his own accord.
    package static let wordsBytesMax = 16 << 20
    /// Of a request to another module, with its name.
    package static let askBytesMax = 65 << 20
    /// Of what an exchange tells: its request is the largest.
    package static let toldBytesMax = ExchangeBudget.requestBytesMax + (1 << 20)
    /// The receive buffer: every message that is not in a memory file fits.
    package static let bufferBytes = headBytes + PacketSocket.inlineBytesMax
}

/// What a message says. Raw values are the protocol: they are never given a new meaning.
package enum FrameKind: UInt16, Sendable {
    // Kernel to zygote, and back.
    /// `id` names the worker; descriptors: its channel, output, errors. Body: a name.
    case fork = 1
    /// `id`, `first` = process number; descriptor: its pidfd. Process 0: failed, body says why.
    case forked = 2
    /// `first` = process number, `second` = wait status.
    case ended = 3
    /// Body: names of libraries, a line each, that workers will need. Not answered.
    case warm = 4

    // Kernel to worker. Each request is answered by `done` or `refused` with the same id.
    /// Body: `OpenRequest`. Answered by `opened`.
    case open = 16
    /// Body: `SetUpRequest`.
    case setUp = 17
    case start = 18
    /// Body: two JSON objects.
    case configure = 19
    /// `second` = most bytes. Answered by `done` with the state in the body.
    case save = 20
    case checkHealth = 21
    /// `second` = most nanoseconds that functions which have ended their calls are waited for to
    /// return; 0: for ever.
    case stop = 22
    /// The module may be set up anew afterwards.
    case destroy = 23
    /// `first` = task, `second` = deadline. Body: mode, kind, arguments. Answered by `finished`.
    case call = 24
    /// `first` = reason.
    case cancel = 25
    /// `first` = version. Body: the state.
    case load = 26
    /// A call that is an exchange. Body: the order. Answered by `told`, and in the end `finished`.
    case exchange = 27
    /// More for an exchange: `first` = what it is, `second` = its place, from 1. The last one is an
    /// end in any case.
    case feed = 28
    /// To become a program, instead of `open`. Body: `ProgramRequest`. Answered by the end of the
    /// channel, or by `refused` with a sentence.
    case execute = 30
    /// Answered by `done` with the description of the provider in the body.
    case describe = 29
    /// The walls of an `open` that follows, so that they stand by then. Body: `OpenRequest`. Not
    /// answered but by `walls`.
    case confine = 31

    /// `id` = number of the worker's request, `first` = status, `second` = kind and place among
    /// the frames of the request. Body: value or message.
    case replied = 64
    /// `id` = number of the worker's request, `first` = kind, `second` = place.
    case askPrinted = 65
    /// As `askPrinted`, of an errand, with a descriptor.
    case askHanded = 66

    // Worker to kernel.
    /// `id` = a number of the worker's own, `first` = kind, `second` = the call that it is part
    /// of, or 0. Body: deadline, task, arguments; of an errand also its body and credit. Answered
    /// by `replied`.
    case ask = 72
    /// `id` = the number of such a request.
    case askCancelled = 73
    /// `id` = the number of an errand, `second` = bytes of news that there is room for.
    case askCredit = 74
    /// `second` = the number that stands for the manifest, or 0. Body: the manifest.
    /// After `walls`.
    case opened = 32
    /// Body: depends on the request.
    case done = 33
    /// Body: `ModuleFailure`.
    case refused = 34
    /// `first` = status, `second` = kind. Body: value or message.
    case finished = 40
    /// `second` = bits of the fraction, or all ones. Body: note.
    case progress = 41
    /// `first` = kind.
    case output = 42
    /// `first` = level.
    case log = 43
    /// Body: `ContractViolation`.
    case violation = 44
    /// Body: `WallReport`.
    case walls = 45
    /// Events of an exchange. `second` = the place of what they came of, 0 for the order; `first` =
    /// 1 if the module has returned from it.
    case told = 46
}

extension FrameKind {
    /// The largest body that is taken from a worker.
    package var bodyBytesMax: Int {
        switch self {
        case .finished, .done, .opened: Frame.bodyBytesMax
        case .ask: Frame.askBytesMax
        case .told: Frame.toldBytesMax
        default: Frame.wordsBytesMax
        }
    }

    /// May it wait in a worker until a thread is free?
    var isForModule: Bool { self == .call || self == .exchange || self == .feed }

    /// Does it come because somebody waits for it?
    var isAwaited: Bool {
        switch self {
        case .finished, .done, .opened, .refused, .output: true
        default: false
        }
    }
}

/// A peer that does not keep to the protocol: a damaged process, or one that was taken over.
package struct ProtocolError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Frame {
    private enum Flag {
        static let bodyInFile: UInt16 = 1
        /// The next piece of the body follows, in a message of the same kind and id.
        static let hasMore: UInt16 = 2
        static let isLast: UInt16 = 4
    }

    /// The head as bytes, ready to be sent before the body.
    private func head(flags: UInt16) -> [UInt8] {
        var writer = ByteWriter(reserving: Self.headBytes)
        writer.write(kind.rawValue)
        writer.write(flags)
        writer.write(first)
        writer.write(id)
        writer.write(second)
        return writer.bytes
    }

    /// Sends it whole. A large body goes into a sealed memory file beside the message.
    package func send(
        over socket: borrowing PacketSocket, descriptors: [Int32] = [],
        patience: PacketSocket.Patience = .waits
    ) throws(SystemError) {
        var descriptors = descriptors
        if let raw = passed?.raw { descriptors.append(raw) }
        if body.count <= PacketSocket.inlineBytesMax {
            return try socket.send(
                head: head(flags: 0), body: body, descriptors: descriptors, patience: patience)
        }
        let file = try SharedMemory.file(holding: body)
        try socket.send(
            head: head(flags: Flag.bodyInFile), descriptors: descriptors + [file.raw],
            patience: patience)
    }

    var needsPieces: Bool { body.count > PacketSocket.inlineBytesMax }

    /// Sends a large body in pieces: a worker may not make memory files, which its walls could not
    /// measure. Nobody else may send one meanwhile: pieces say of which kind of message they are,
    /// not of which message.
    func sendInPieces(over socket: borrowing PacketSocket) throws(SystemError) {
        let most = PacketSocket.inlineBytesMax
        var start = 0
        while body.count - start > most {
            try socket.send(
                head: head(flags: Flag.hasMore), body: Array(body[start..<(start + most)]))
            start += most
        }
        try socket.send(head: head(flags: Flag.isLast), body: Array(body[start...]))
    }

    /// Reads a message out of the buffer that it was received into.
    package init(
        _ buffer: [UInt8], count: Int, descriptors: inout PacketSocket.Descriptors
    ) throws {
        guard count >= Self.headBytes else {
            throw ProtocolError("a message of \(count) bytes has no head")
        }
        var reader = ByteReader(buffer[..<Self.headBytes])
        let rawKind: UInt16 = try reader.number()
        let flags: UInt16 = try reader.number()
        guard let kind = FrameKind(rawValue: rawKind) else {
            throw ProtocolError("a message of the unknown kind \(rawKind)")
        }
        self.kind = kind
        part =
            flags & Flag.hasMore != 0 ? .piece : flags & Flag.isLast != 0 ? .last : .whole
        messageBytes = count
        first = try reader.number()
        id = try reader.number()
        second = try reader.number()
        if flags & Flag.bodyInFile != 0 {
            guard let file = descriptors.takeLast() else {
                throw ProtocolError("a message without the memory file that it announces")
            }
            body = try SharedMemory.bytes(of: file, bytesMax: Self.bodyBytesMax)
        } else {
            body = Array(buffer[Self.headBytes..<count])
        }
    }
}
