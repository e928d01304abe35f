// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/observer.hpp"

#include <utility>
#include <vector>

namespace fibo {

/// Several observers as one: each hears everything, in the order of the list.
class ObserverList final : public Observer {
 public:
  /// @param observers  not null; they outlive the list
  explicit ObserverList(std::vector<Observer*> observers) : observers_(std::move(observers)) {}

  void joined(Rank worker, const std::string& host) override {
    for (Observer* observer : observers_) observer->joined(worker, host);
  }
  void handed_out(Rank worker, const Chunk& chunk, std::uint64_t threads) override {
    for (Observer* observer : observers_) observer->handed_out(worker, chunk, threads);
  }
  void returned(Rank worker, Key key, std::uint64_t digits) override {
    for (Observer* observer : observers_) observer->returned(worker, key, digits);
  }
  void computed(Rank worker, const Span& span) override {
    for (Observer* observer : observers_) observer->computed(worker, span);
  }
  void check_failed(Rank worker, Key key) override {
    for (Observer* observer : observers_) observer->check_failed(worker, key);
  }
  void lost(Rank worker, const std::string& why) override {
    for (Observer* observer : observers_) observer->lost(worker, why);
  }
  void given_up(Key key) override {
    for (Observer* observer : observers_) observer->given_up(key);
  }
  void left(Rank worker, const Goodbye& goodbye) override {
    for (Observer* observer : observers_) observer->left(worker, goodbye);
  }
  void looked() override {
    for (Observer* observer : observers_) observer->looked();
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace fibo
