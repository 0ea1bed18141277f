// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev One round, in one slot of storage. From the least significant bit:
///   0  answer      int96
///  96  startedAt   uint40  seconds since the Unix epoch
/// 136  updatedAt   uint40  likewise
/// 176  roundId     uint32
/// 208  ringSize    uint32  of the feed when this was its last round; see Aggregator
/// 240  (zero)      uint16  free: how the round came about, once there are reports of many oracles
type RoundWord is uint256;

/// @dev What an update is held against, in one slot. From the least significant bit:
///   0  minAnswer          int96
///  96  maxAnswer          int96
/// 192  heartbeat          uint24  seconds
/// 216  deviationBps       uint16
/// 232  maxObservationAge  uint16  seconds
/// 248  paused             bool
/// 249  skipsNeedless      bool
/// 250  isTransmitter      bool    in an account's copy; never in the feed's own
type LimitsWord is uint256;

using RoundWords for RoundWord global;
using LimitsWords for LimitsWord global;

/// @title Reading and writing a RoundWord
library RoundWords {
    function make(
        int256 answer_,
        uint256 startedAt_,
        uint256 updatedAt_,
        uint256 roundId_,
        uint256 ringSize_
    ) internal pure returns (RoundWord) {
        return RoundWord.wrap(
            (uint256(answer_) & type(uint96).max) | (startedAt_ << 96) | (updatedAt_ << 136)
                | (roundId_ << 176) | (ringSize_ << 208)
        );
    }

    function answer(RoundWord self) internal pure returns (int256) {
        return int96(uint96(RoundWord.unwrap(self)));
    }

    function startedAt(RoundWord self) internal pure returns (uint256) {
        return uint40(RoundWord.unwrap(self) >> 96);
    }

    function updatedAt(RoundWord self) internal pure returns (uint256) {
        return uint40(RoundWord.unwrap(self) >> 136);
    }

    function roundId(RoundWord self) internal pure returns (uint256) {
        return uint32(RoundWord.unwrap(self) >> 176);
    }

    function ringSize(RoundWord self) internal pure returns (uint256) {
        return uint32(RoundWord.unwrap(self) >> 208);
    }

    function withRingSize(RoundWord self, uint256 ringSize_) internal pure returns (RoundWord) {
        uint256 others = RoundWord.unwrap(self) & ~(uint256(type(uint32).max) << 208);
        return RoundWord.wrap(others | (ringSize_ << 208));
    }
}

/// @title Reading and writing a LimitsWord
library LimitsWords {
    uint256 private constant PAUSED = 1 << 248;
    uint256 private constant SKIPS_NEEDLESS = 1 << 249;
    uint256 private constant IS_TRANSMITTER = 1 << 250;

    function make(
        int256 minAnswer_,
        int256 maxAnswer_,
        uint256 heartbeat_,
        uint256 deviationBps_,
        uint256 maxObservationAge_,
        bool skipsNeedless_
    ) internal pure returns (LimitsWord) {
        return LimitsWord.wrap(
            (uint256(minAnswer_) & type(uint96).max)
                | ((uint256(maxAnswer_) & type(uint96).max) << 96) | (heartbeat_ << 192)
                | (deviationBps_ << 216) | (maxObservationAge_ << 232)
                | (skipsNeedless_ ? SKIPS_NEEDLESS : 0)
        );
    }

    function minAnswer(LimitsWord self) internal pure returns (int256) {
        return int96(uint96(LimitsWord.unwrap(self)));
    }

    function maxAnswer(LimitsWord self) internal pure returns (int256) {
        return int96(uint96(LimitsWord.unwrap(self) >> 96));
    }

    function heartbeat(LimitsWord self) internal pure returns (uint256) {
        return uint24(LimitsWord.unwrap(self) >> 192);
    }

    function deviationBps(LimitsWord self) internal pure returns (uint256) {
        return uint16(LimitsWord.unwrap(self) >> 216);
    }

    function maxObservationAge(LimitsWord self) internal pure returns (uint256) {
        return uint16(LimitsWord.unwrap(self) >> 232);
    }

    function paused(LimitsWord self) internal pure returns (bool) {
        return LimitsWord.unwrap(self) & PAUSED != 0;
    }

    function skipsNeedless(LimitsWord self) internal pure returns (bool) {
        return LimitsWord.unwrap(self) & SKIPS_NEEDLESS != 0;
    }

    function isTransmitter(LimitsWord self) internal pure returns (bool) {
        return LimitsWord.unwrap(self) & IS_TRANSMITTER != 0;
    }

    function forTransmitter(LimitsWord self) internal pure returns (LimitsWord) {
        return LimitsWord.wrap(LimitsWord.unwrap(self) | IS_TRANSMITTER);
    }

    function withPaused(LimitsWord self, bool paused_) internal pure returns (LimitsWord) {
        uint256 others = LimitsWord.unwrap(self) & ~PAUSED;
        return LimitsWord.wrap(paused_ ? others | PAUSED : others);
    }
}
