//! Who is on call, over HTTP.

use navi_protocol::oncall::{
    CalendarRequest, CalendarView, HandoverView, LineRequest, OnCallView, ScheduleRequest, ShiftRequest,
    TurnView,
};
use navi_protocol::paths::ONCALL;
use reqwest::Method;

use crate::ClientError;
use crate::api::{Client, segment};

fn schedule(id: &str) -> String {
    format!("{ONCALL}/schedules/{}", segment(id))
}

impl Client {
    /// Who is on call, and whom a waiting request alerts.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn on_call(&self) -> Result<OnCallView, ClientError> {
        self.get(ONCALL).await
    }

    /// Who is on call by a schedule between two instants.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn turns(&self, id: &str, from: i64, to: i64) -> Result<Vec<TurnView>, ClientError> {
        self.get(&format!("{}/turns?from={from}&to={to}", schedule(id))).await
    }

    /// Saves a schedule.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn save_schedule(
        &self,
        id: &str,
        request: &ScheduleRequest,
    ) -> Result<OnCallView, ClientError> {
        self.call(Method::PUT, &schedule(id), request).await
    }

    /// Removes a schedule.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn remove_schedule(&self, id: &str) -> Result<OnCallView, ClientError> {
        self.call(Method::DELETE, &schedule(id), &()).await
    }

    /// Takes a shift over.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn take_shift(&self, id: &str, request: &ShiftRequest) -> Result<OnCallView, ClientError> {
        self.call(Method::POST, &format!("{}/shifts", schedule(id)), request).await
    }

    /// Gives a shift back.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn give_shift_back(&self, id: &str, shift_id: &str) -> Result<OnCallView, ClientError> {
        self.call(Method::DELETE, &format!("{}/shifts/{}", schedule(id), segment(shift_id)), &()).await
    }

    /// Imports a calendar.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn import_calendar(
        &self,
        id: &str,
        request: &CalendarRequest,
    ) -> Result<CalendarView, ClientError> {
        self.call(Method::POST, &format!("{}/calendar", schedule(id)), request).await
    }

    /// Saves whom a waiting request alerts.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn save_line(&self, request: &LineRequest) -> Result<OnCallView, ClientError> {
        self.call(Method::PUT, &format!("{ONCALL}/line"), request).await
    }

    /// What the next shift takes over.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn handover(&self) -> Result<HandoverView, ClientError> {
        self.get(&format!("{ONCALL}/handover")).await
    }
}
