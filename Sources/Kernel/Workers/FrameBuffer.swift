import Synchronization

/// Scratch space for receiving, kept between calls: it is too large to be made for each.
enum FrameBuffer {
    private static let spare = Mutex<[[UInt8]]>([])
    private static let spareMax = 16

    static func take() -> [UInt8] {
        spare.withLock { $0.popLast() } ?? [UInt8](repeating: 0, count: Frame.bufferBytes)
    }

    static func giveBack(_ buffer: inout [UInt8]) {
        let returned = consume buffer
        buffer = []
        spare.withLock { if $0.count < spareMax { $0.append(returned) } }
    }
}
