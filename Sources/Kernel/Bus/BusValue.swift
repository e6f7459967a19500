/// A value as D-Bus carries it.
package indirect enum BusValue: Sendable, Hashable {
    case byte(UInt8)
    case bool(Bool)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    /// `s`, `o` or `g`
    case text(UInt8, String)
    case bytes([UInt8])
    case array(BusType, [BusValue])
    case dictionary(key: UInt8, BusType, [Entry])
    case structure([BusType], [BusValue])
    case variant(BusType, BusValue)

    package struct Entry: Sendable, Hashable {
        package let key: BusValue
        package let value: BusValue
    }
}
