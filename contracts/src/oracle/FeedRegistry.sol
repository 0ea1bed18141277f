// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AggregatorInterface} from "./interfaces/AggregatorInterface.sol";
import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {TwoStepAdmin} from "./TwoStepAdmin.sol";

/// @title Which feed tells the price of what in what
/// @notice Reads as Chainlink's Feed Registry: by two addresses, those of tokens or of Denominations.
/// When a pair gets another feed a new *phase* of it begins; a round's number here is
/// `phase << 64 | number at the feed`, so that numbers only grow and old rounds stay readable.
contract FeedRegistry is TwoStepAdmin {
    /// @notice One entry of the list
    struct Entry {
        address base;
        address quote;
        address feed;
    }

    struct Pair {
        address feed; // zero: none now
        uint16 phaseId; // the last; 0: there never was one
        uint32 position; // in `_list`, plus one; 0: not there
    }

    uint256 private constant PHASE_SHIFT = 64;

    mapping(address base => mapping(address quote => Pair)) private _pairs;
    mapping(address base => mapping(address quote => mapping(uint16 phaseId => address))) private
        _phases;
    mapping(address feed => uint256 pairs) private _uses;
    Entry[] private _list; // `feed` is kept here too: one read for an entry

    /// @notice A pair has another feed. The event of Chainlink's registry.
    /// @param asset The base
    /// @param denomination The quote
    /// @param latestAggregator The feed from now on; zero: none
    /// @param previousAggregator The one before; zero: none
    /// @param nextPhaseId The phase that began
    /// @param sender Who decided
    event FeedConfirmed(
        address indexed asset,
        address indexed denomination,
        address indexed latestAggregator,
        address previousAggregator,
        uint16 nextPhaseId,
        address sender
    );

    /// @notice The pair has this feed already.
    error FeedUnchanged(address base, address quote, address feed);
    /// @notice Not a contract.
    error NotAFeed(address feed);

    /// @param admin_ Who decides: a timelock
    constructor(address admin_) {
        _setAdmin(admin_);
    }

    // The list

    /// @notice Gives a pair a feed, another feed, or none. Only for the admin.
    /// @param base What has the price
    /// @param quote In what
    /// @param feed Its feed; zero: the pair is taken off the list
    function setFeed(address base, address quote, address feed) external onlyAdmin {
        Pair storage pair = _pairs[base][quote];
        address previous = pair.feed;
        if (feed == previous) revert FeedUnchanged(base, quote, feed);
        if (feed != address(0) && feed.code.length == 0) revert NotAFeed(feed);

        uint16 phaseId = pair.phaseId + 1;
        pair.phaseId = phaseId;
        pair.feed = feed;
        _phases[base][quote][phaseId] = feed;
        if (previous != address(0)) --_uses[previous];
        if (feed == address(0)) {
            _removeFromList(pair);
        } else {
            ++_uses[feed];
            if (pair.position == 0) {
                _list.push(Entry(base, quote, feed));
                pair.position = uint32(_list.length);
            } else {
                _list[pair.position - 1].feed = feed;
            }
        }
        emit FeedConfirmed(base, quote, feed, previous, phaseId, msg.sender);
    }

    /// @notice How many pairs have a feed
    function feedCount() external view returns (uint256) {
        return _list.length;
    }

    /// @notice A part of the list, whose order changes when pairs are taken off
    /// @param offset How many entries to leave out
    /// @param limit How many to return at most
    function feeds(uint256 offset, uint256 limit) external view returns (Entry[] memory entries) {
        uint256 count = _list.length;
        if (offset >= count) return entries;
        if (limit > count - offset) limit = count - offset;
        entries = new Entry[](limit);
        for (uint256 i = 0; i < limit; ++i) {
            entries[i] = _list[offset + i];
        }
    }

    /// @notice The feed of a pair; reverts with "Feed not found" when there is none
    function getFeed(address base, address quote) public view returns (address) {
        return _existing(_pairs[base][quote].feed);
    }

    /// @notice The feed of a pair in a phase; zero when there was none
    function getPhaseFeed(address base, address quote, uint16 phaseId)
        external
        view
        returns (address)
    {
        return _phases[base][quote][phaseId];
    }

    /// @notice The feed that a round's number belongs to; zero when there was none
    function getRoundFeed(address base, address quote, uint80 roundId)
        external
        view
        returns (address)
    {
        return _phases[base][quote][uint16(roundId >> PHASE_SHIFT)];
    }

    /// @notice The phase of a pair; 0: it never had a feed
    function getCurrentPhaseId(address base, address quote) external view returns (uint16) {
        return _pairs[base][quote].phaseId;
    }

    /// @notice Whether any pair has this feed
    function isFeedEnabled(address feed) external view returns (bool) {
        return _uses[feed] != 0;
    }

    // What AggregatorV3Interface reads

    /// @notice How many decimals an answer has
    function decimals(address base, address quote) external view returns (uint8) {
        return AggregatorV3Interface(getFeed(base, quote)).decimals();
    }

    /// @notice What the feed is about
    function description(address base, address quote) external view returns (string memory) {
        return AggregatorV3Interface(getFeed(base, quote)).description();
    }

    /// @notice The version of the feed's code
    function version(address base, address quote) external view returns (uint256) {
        return AggregatorV3Interface(getFeed(base, quote)).version();
    }

    /// @notice The last round; as AggregatorV3Interface's, with the phase in the rounds' numbers
    function latestRoundData(address base, address quote)
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        Pair storage pair = _pairs[base][quote];
        uint80 phase = uint80(pair.phaseId) << uint80(PHASE_SHIFT);
        (roundId, answer, startedAt, updatedAt, answeredInRound) =
            AggregatorV3Interface(_existing(pair.feed)).latestRoundData();
        roundId |= phase;
        answeredInRound |= phase;
    }

    /// @notice One round; as AggregatorV3Interface's, with the phase in the rounds' numbers
    function getRoundData(address base, address quote, uint80 _roundId)
        external
        view
        returns (
            uint80 roundId,
            int256 answer,
            uint256 startedAt,
            uint256 updatedAt,
            uint80 answeredInRound
        )
    {
        uint16 phaseId = uint16(_roundId >> PHASE_SHIFT);
        uint80 phase = uint80(phaseId) << uint80(PHASE_SHIFT);
        (roundId, answer, startedAt, updatedAt, answeredInRound) = AggregatorV3Interface(
                _existing(_phases[base][quote][phaseId])
            ).getRoundData(uint64(_roundId));
        roundId |= phase;
        answeredInRound |= phase;
    }

    // What AggregatorInterface reads

    /// @notice The answer of the last round
    function latestAnswer(address base, address quote) external view returns (int256) {
        return AggregatorInterface(getFeed(base, quote)).latestAnswer();
    }

    /// @notice The timestamp of the last round's block
    function latestTimestamp(address base, address quote) external view returns (uint256) {
        return AggregatorInterface(getFeed(base, quote)).latestTimestamp();
    }

    /// @notice The number of the last round
    function latestRound(address base, address quote) external view returns (uint256) {
        Pair storage pair = _pairs[base][quote];
        uint256 round = AggregatorInterface(_existing(pair.feed)).latestRound();
        return (uint256(pair.phaseId) << PHASE_SHIFT) | uint64(round);
    }

    /// @notice The answer of a round; 0 when there is no such round
    function getAnswer(address base, address quote, uint256 roundId)
        external
        view
        returns (int256)
    {
        address feed = _feedOfRound(base, quote, roundId);
        return feed == address(0) ? int256(0) : AggregatorInterface(feed).getAnswer(uint64(roundId));
    }

    /// @notice The timestamp of a round's block; 0 when there is no such round
    function getTimestamp(address base, address quote, uint256 roundId)
        external
        view
        returns (uint256)
    {
        address feed = _feedOfRound(base, quote, roundId);
        return feed == address(0) ? 0 : AggregatorInterface(feed).getTimestamp(uint64(roundId));
    }

    // Inside

    function _existing(address feed) private pure returns (address) {
        require(feed != address(0), "Feed not found");
        return feed;
    }

    function _feedOfRound(address base, address quote, uint256 roundId)
        private
        view
        returns (address)
    {
        if (roundId > type(uint80).max) return address(0);
        return _phases[base][quote][uint16(roundId >> PHASE_SHIFT)];
    }

    function _removeFromList(Pair storage pair) private {
        Entry memory last = _list[_list.length - 1];
        _list[pair.position - 1] = last;
        _pairs[last.base][last.quote].position = pair.position;
        _list.pop();
        pair.position = 0;
    }
}
