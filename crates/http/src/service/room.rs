//! Places for bodies that are larger than others.

use std::time::Duration;

use jeton_app::{AppError, Call};
use tokio::sync::SemaphorePermit;

use super::Inner;
use super::asked::Asked;
use crate::body::Response;
use crate::dress::Dress;
use crate::refusal::Refused;

/// Large bodies that are held at a time.
pub(super) const AT_ONCE: usize = 8;

/// The longest wait for a place among them.
const QUEUE: Duration = Duration::from_secs(10);

impl Inner {
    /// A place for a large body; the answer that says no.
    ///
    /// SECURITY: a body of this size is read for those only whom the decision lets in, and for few at a time.
    pub(super) async fn make_room(
        &self,
        call: &Call,
        asked: &Asked<'_>,
        dress: &mut Dress,
    ) -> Result<SemaphorePermit<'_>, Box<Response>> {
        let (app, admitted) = (self.app.clone(), call.clone());
        let admit = move || (app.admit(&admitted), app.told(&admitted));
        match tokio::task::spawn_blocking(admit).await {
            Ok((Ok(()), _)) => {}
            Ok((Err(error), told)) => {
                dress.told = Some(told);
                return Err(Box::new(self.response(Err(error), call, asked)));
            }
            Err(error) => {
                let refused = Refused::inside(&error, &call.request_id);
                return Err(Box::new(self.refused(call.door, &refused)));
            }
        }
        match tokio::time::timeout(QUEUE, self.room.acquire()).await {
            Ok(Ok(room)) => Ok(room),
            Ok(Err(_)) | Err(_) => Err(Box::new(self.response(Err(AppError::Busy), call, asked))),
        }
    }
}
