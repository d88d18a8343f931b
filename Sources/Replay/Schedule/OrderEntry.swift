/// One entry of an order of events: a point that has its place among all others of its kind, or an event that may stand at any.
package enum OrderEntry<Point: Hashable & Comparable & Sendable, Token: Hashable & Sendable>: Hashable,
    Sendable
{
    /// Points stand in ascending order, each once.
    case point(Point)
    /// Each token stands once.
    case token(Token)

    package var point: Point? { if case .point(let point) = self { point } else { nil } }
    package var token: Token? { if case .token(let token) = self { token } else { nil } }
}
